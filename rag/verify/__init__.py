"""Does a span say what the sentence that cites it says?"""
