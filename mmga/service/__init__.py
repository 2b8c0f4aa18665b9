r"""The served model: the champion behind MLflow's own scoring server.

`mmga serve` starts it; a client asks with a user and gets ranked users:

    curl http://127.0.0.1:5001/invocations -H "Content-Type: application/json" \
        -d '{"dataframe_records": [{"user_id": "u00001"}], "params": {"task": "fans", "k": 5}}'

    {"predictions": [{"query": "u00001", "rank": 1, "user_id": "u00007", "score": 3.2}, ...]}
"""
