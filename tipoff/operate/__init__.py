"""What an operator does and sees: status, reruns, quarantine, spans."""
