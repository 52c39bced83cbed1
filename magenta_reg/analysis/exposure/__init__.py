"""Exposure bias: does a model expect other things after its own events than after true ones?"""
