"""All tests, by what they need: units, the sample season, emulators, real data, a cloud that is not there."""
