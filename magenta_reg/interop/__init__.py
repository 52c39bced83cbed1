"""Both ways between this package and stock Magenta: checkpoints, bundles, graphs, primers."""
