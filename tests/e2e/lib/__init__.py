"""lib - real MTAs and the guard, each private to one test."""
