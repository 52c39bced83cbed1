"""An experiment and the network it gives: scored, generated from, evaluated."""
