click
JaVaScRiPt:alert(1)
data vb file
broken
blank
