"""What becomes of every feed's payloads when their source changes them."""
