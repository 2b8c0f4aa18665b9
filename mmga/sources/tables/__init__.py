"""Users, posts, images and edges as CSV or Parquet, whatever their columns are called."""
