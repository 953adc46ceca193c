"""Real processes killed with SIGKILL at named write points, started again, and compared with an undisturbed run."""
