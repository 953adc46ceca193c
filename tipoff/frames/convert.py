"""Arrow rows as a DataFrame: nullable integers and booleans, dates as datetime64, instants in UTC; nothing filled."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def to_frame(rows: "pa.Table") -> "pd.DataFrame":
    """The rows in their order, with a new index; a null is <NA>, NaN or NaT, and None in a list's place."""
    import pandas as pd
    import pyarrow as pa

    nullable: dict[Any, Any] = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    frame: pd.DataFrame = rows.to_pandas(types_mapper=nullable.get, date_as_object=False)
    return frame
