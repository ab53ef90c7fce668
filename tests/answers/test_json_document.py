"""What every JSON answer looks like."""

import math

from wbtools.answers.json_document import json_document


def test_keys_keep_their_order_text_is_ascii_and_odd_numbers_are_null():
    written = json_document({"b": [math.nan, (math.inf, 1.5)], "a": "ü"})
    lines = ["{", '  "b": [', "    null,", "    [", "      null,", "      1.5", "    ]", "  ],"]
    assert written == "\n".join([*lines, '  "a": "\\u00fc"', "}", ""])
