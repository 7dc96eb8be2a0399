"""``python -m nbdoctor.hub``: what JupyterHub starts as a service."""

from .app import GatewayApp

if __name__ == "__main__":
    GatewayApp.launch_instance()
