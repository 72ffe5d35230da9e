"""Changes made on real kernels, cut short at every step, and taken back."""
