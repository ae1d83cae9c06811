"""Health: what signals say of a customer on a day, weighed by the company's own model.

| module | does |
|---|---|
| `signals/` | what can be weighed: one file for each kind of fact, one `Reader` in each |
| `curves`, `recipe`, `scoring` | pure: from measures to points, and to a score |
| `applying` | which model is for whom |
| `measuring` | the measures of customers on days, as they are known now or were known then |
| `replaying`, `past` | the company's past, to try models on |
| `proof`, `areas`, `suggesting` | pure: a model's record, and weights learned from who left |
| `telling` | records and suggestions as they are kept and told |
| `ready_made` | models to start from |
"""
