-- Each player's last entry in the player list, by which names in other feeds are matched to NBA ids.
SELECT player_id, player_name, player_lookup, player_code_lookup, team
FROM nba_raw.nbac_player_list
QUALIFY ROW_NUMBER() OVER (PARTITION BY player_id ORDER BY list_date DESC) = 1
