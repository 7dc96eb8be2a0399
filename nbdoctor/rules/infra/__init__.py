"""The machine, the network and other processes."""
