"""A gateway before the model servers, run by JupyterHub: people use their own hub token, and no key of a model leaves it."""
