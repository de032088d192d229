"""The simulated world held against the real one: tables, and a check with a verdict for everything it claims."""
