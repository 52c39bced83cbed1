"""What would the study have said, measured as such studies were?"""
