"""How wbtools signs in to a W&B server and asks it; one module knows how a document travels."""
