from .account import account, sign_in, sign_out

__all__ = ["account", "sign_in", "sign_out"]
