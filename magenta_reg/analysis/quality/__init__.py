"""Is the music good, and is it varied? Both likelihoods over the temperature of generation."""
