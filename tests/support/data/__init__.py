"""Made-up and recorded rows, and warehouses that hold them."""
