"""`python -m coevolve` is the command `coevolve`."""

from .cli import main

if __name__ == "__main__":
    main()
