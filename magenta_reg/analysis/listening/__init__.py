"""What do listeners prefer? A blind test to hand out, and what their votes say."""
