"""What is deployed with every function: the map, contracts, rules, the protocol and the ports with their twins."""
