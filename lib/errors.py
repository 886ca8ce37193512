"""The errors that a user of the workbook can put right."""


class WorkbookError(Exception):
    """A problem the user can mend; the message says what, expected, found and next step."""


class DataError(WorkbookError):
    """A data file is missing, damaged, or not what its name promises."""


class ParameterError(WorkbookError):
    """A parameter, option or profile is unknown, of the wrong type, or out of range."""
