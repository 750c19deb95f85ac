"""What is the least the same work can cost? A bare Django with one or two SQL statements a request, written by hand.

It knows no rules: nobody signs in, no middleware runs, a header says who calls, states are read from two columns.
"""
