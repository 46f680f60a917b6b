  text  

last
