"""What did the methods do while training?"""
