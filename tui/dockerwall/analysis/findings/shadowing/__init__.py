"""Which rules no packet can come to, because others take everything before: exact both ways.

The law: a rule is only called dead when the rules before it, none of them undecidable, take every
packet it could match; every rule that is called alive comes with a packet that shows it. Where
the search is given up, nothing is claimed.
"""
