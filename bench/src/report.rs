//! The table of results.

use std::fmt::Display;

#[derive(Default)]
pub struct Report {
    rows: Vec<[String; 4]>,
}

impl Report {
    pub fn row(&mut self, what: impl Display, measured: impl Display, limit: impl Display, met: Option<bool>) {
        let met = match met {
            Some(true) => "yes",
            Some(false) => "**no**",
            None => "",
        };
        let row = [what.to_string(), measured.to_string(), limit.to_string(), met.to_owned()];
        eprintln!("{} | {} | {} | {}", row[0], row[1], row[2], row[3]);
        self.rows.push(row);
    }

    pub fn print(&self) {
        println!("| what | measured | at most | met |\n|---|---|---|---|");
        for row in &self.rows {
            println!("| {} |", row.join(" | "));
        }
    }
}
