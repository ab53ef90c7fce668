#!/bin/sh
# Validation: 2 configurations x 2 seeds, about 48 s.
# Each line writes how to run one again, with each seed; nothing is started by it:
#   sh plan.sh > validate.sh
wbtools replicate demo --run 34 --seeds 1,2
wbtools replicate demo --run 6 --seeds 1,2
