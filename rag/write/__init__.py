"""From planned findings to sentences that cite only the spans they were given."""
