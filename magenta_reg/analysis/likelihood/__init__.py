"""Which method's melodies are likeliest: to whom, where, and how dull they are."""
