"""Dates in Tibetan: months by their number, so that no name of a month is needed.

The letters: https://docs.djangoproject.com/en/5.2/ref/templates/builtins/#date
"""

DATE_FORMAT = "Y ལོའི་ཟླ་ n ཚེས་ j"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "Y ལོའི་ཟླ་ n ཚེས་ j H:i"
YEAR_MONTH_FORMAT = "Y ལོའི་ཟླ་ n"
MONTH_DAY_FORMAT = "ཟླ་ n ཚེས་ j"
SHORT_DATE_FORMAT = "Y-m-d"
SHORT_DATETIME_FORMAT = "Y-m-d H:i"
DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
