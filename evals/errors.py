"""What can be wrong with a run or a data set, in words."""


class EvalError(Exception):
    """Something about a data set or a run is not as it must be; the message says what to do."""


class DatasetError(EvalError):
    """A data set is not there, or has a file missing or none of its rows readable."""


class RunError(EvalError):
    """A run's folder is not what it says, or belongs to another run."""


class NotComparable(EvalError):
    """Two runs did not answer the same questions."""


class GateError(EvalError):
    """The file of margins is wrong, or names a metric that the run does not have."""


class SystemUnavailable(EvalError):
    """The system that should answer cannot be reached or set up."""
