"""What leaves the building: pure builders of the export, from plain data and without the ORM.

`facts` says what a builder may know; `bag` streams BagIt as tar; `package` decides what lies in the bag;
`case_uco`, `tables`, `index` and `report` write its documents; `signing` and `stamp` seal it; `age` encrypts it on
its way to the store; `verify` checks all of it again, offline.
"""
