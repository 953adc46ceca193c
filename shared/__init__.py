"""The code deployed with every function: map, contracts, rules, protocol, and the ports with their twins."""
