"""What a store holds: tables small enough to read, and sentences about them."""
