☑ order paid
☐ order packed
    ☐ label
☑ done

1. ☑ numbered task
2. ☐ open task
