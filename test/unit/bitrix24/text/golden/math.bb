The area is $S = \pi r^2$, or (a_1 + b_1) and [∅ x^2 ]. Cost: 5~6 days, ~10% off, ~20% more.
