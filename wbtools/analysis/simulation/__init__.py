"""What another rule would have done: a counterfactual fold of pure policies over recorded runs."""
