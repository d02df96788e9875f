"""The fastest sound way to run a network on this machine: measured, checked, remembered."""
