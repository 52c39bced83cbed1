"""Was it a fair comparison: how settings were searched for, and equal updates or seconds?"""
