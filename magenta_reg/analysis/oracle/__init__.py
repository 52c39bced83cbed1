"""How far is a network from the oracle that drew its melodies?"""
