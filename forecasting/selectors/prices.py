"""What a unit of an item brings in: one definition for plans, budgets and gaps."""

# Rows (item_id, price): the list price, else the average price of the last twelve periods sold, else none.
PRICES = """
    SELECT i.id AS item_id, coalesce(i.unit_price::float8, sold.price, 0) AS price
    FROM catalog_item i LEFT JOIN (
        SELECT d.item_id, sum(r.revenue) / nullif(sum(r.quantity), 0) AS price
        FROM forecasting_saleshistory h
        JOIN forecasting_demandseries d ON d.id = h.series_id
        JOIN catalog_item n ON n.id = d.item_id AND n.unit_price IS NULL,
        unnest(h.quantity[greatest(1, cardinality(h.quantity) - 11):],
               h.revenue[greatest(1, cardinality(h.revenue) - 11):]) AS r(quantity, revenue)
        GROUP BY d.item_id
    ) sold ON sold.item_id = i.id
"""
