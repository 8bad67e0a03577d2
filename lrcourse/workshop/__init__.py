"""The commands of those who work on the course: its environment, its checks, its notebooks, its gallery."""
