"""A published label of promotion, and what an honest question needs."""
