"""`python -m monitor` is `postwatch`."""

from .cli.main import main

if __name__ == "__main__":
    main()
