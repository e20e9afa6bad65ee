//! What policies are attached to: the root, OUs and accounts, and the tree they make up.

use crate::{access::Org, faults, page::page};
use identity::organization::{AccountRecord, UnitRecord, path};
use kernel::{
    AccountId, Cx, Result,
    store::{Key, Rows, Txn},
};
use organizations_api::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    Root,
    Unit,
    Account,
}

/// A root, an OU or an account.
pub struct Node {
    pub id: String,
    pub name: String,
    /// Empty for the root.
    pub parent: String,
    pub kind: NodeKind,
}

impl Node {
    fn of_unit(unit: UnitRecord) -> Node {
        let kind = if unit.parent.is_empty() { NodeKind::Root } else { NodeKind::Unit };
        Node { id: unit.id, name: unit.name, parent: unit.parent, kind }
    }

    fn of_account(account: AccountRecord) -> Node {
        let id = account.account().to_string();
        Node { id, name: account.name, parent: account.parent, kind: NodeKind::Account }
    }

    pub fn arn(&self, org: &Org) -> String {
        let word = match self.kind {
            NodeKind::Root => "root",
            NodeKind::Unit => "ou",
            NodeKind::Account => "account",
        };
        org.arn(&format!("{word}/{}/{}", org.id, self.id))
    }

    fn target_type(&self) -> TargetType {
        match self.kind {
            NodeKind::Root => TargetType::Root,
            NodeKind::Unit => TargetType::OrganizationalUnit,
            NodeKind::Account => TargetType::Account,
        }
    }

    pub fn target_summary(self, org: &Org) -> PolicyTargetSummary {
        PolicyTargetSummary {
            arn: Some(self.arn(org)),
            r#type: Some(self.target_type()),
            target_id: Some(self.id),
            name: Some(self.name),
        }
    }
}

impl Org {
    pub async fn unit(&self, tx: &Txn, id: &str) -> Result<Option<UnitRecord>> {
        Ok(tx.record(&self.keys.unit(id)).await?)
    }

    /// A root or an OU as a parent, or ParentNotFoundException.
    pub async fn parent(&self, tx: &Txn, id: &str) -> Result<UnitRecord> {
        self.unit(tx, id).await?.ok_or_else(faults::no_such_parent)
    }

    /// The root, OU or account of an id.
    pub async fn node(&self, tx: &mut Txn, id: &str) -> Result<Option<Node>> {
        Ok(match AccountId::parse(id) {
            Some(_) => self.member(tx, id).await?.map(Node::of_account),
            None => self.unit(tx, id).await?.map(Node::of_unit),
        })
    }

    /// Every root, OU and account.
    pub async fn nodes(&self, tx: &mut Txn) -> Result<Vec<Node>> {
        let units = tx.records::<UnitRecord>(&self.keys.units()).await?;
        let mut nodes: Vec<Node> = units.into_iter().map(|(_, unit)| Node::of_unit(unit)).collect();
        for id in self.accounts(tx).await? {
            nodes.extend(self.member(tx, &id.to_string()).await?.map(Node::of_account));
        }
        Ok(nodes)
    }

    /// The accounts of the organization.
    pub async fn accounts(&self, tx: &Txn) -> Result<Vec<AccountId>> {
        numbers(tx, &self.keys.children()).await
    }

    /// The accounts right below a parent.
    pub async fn accounts_of(&self, tx: &Txn, parent: &str) -> Result<Vec<AccountId>> {
        numbers(tx, &self.keys.child_accounts(parent)).await
    }

    /// The ids of the OUs right below a parent.
    pub async fn units_of(&self, tx: &Txn, parent: &str) -> Result<Vec<String>> {
        Ok(tx.names(&self.keys.child_units(parent)).await?)
    }

    /// `o-…/r-…/ou-…/`, down to and with a root or OU.
    pub async fn path(&self, tx: &Txn, unit: &str) -> Result<String> {
        Ok(format!("{}/{}/", self.id, path(tx, self, unit).await?.join("/")))
    }
}

async fn numbers(tx: &Txn, key: &Key) -> Result<Vec<AccountId>> {
    let rows = tx.below(key).await?;
    Ok(rows.iter().filter_map(|row| row.key.last_number().map(AccountId)).collect())
}

pub async fn list_parents(cx: Cx, input: ListParentsInput) -> Result<ListParentsOutput> {
    cx.write(async |tx| {
        let org = Org::for_readers(&cx, tx).await?;
        let child = org.node(tx, &input.child_id).await?.filter(|node| !node.parent.is_empty());
        let child =
            child.ok_or_else(|| fault::child_not_found_exception("You specified a child that doesn't exist."))?;
        let kind = if child.parent == org.root { ParentType::Root } else { ParentType::OrganizationalUnit };
        let parents = vec![Parent { id: Some(child.parent), r#type: Some(kind) }];
        let (parents, next_token) =
            page(parents, input.next_token.as_deref(), input.max_results, |p| p.id.as_deref().unwrap_or_default())?;
        Ok(ListParentsOutput { parents: Some(parents), next_token })
    })
    .await
}

pub async fn list_children(cx: Cx, input: ListChildrenInput) -> Result<ListChildrenOutput> {
    cx.write(async |tx| {
        let org = Org::for_readers(&cx, tx).await?;
        let parent = org.parent(tx, &input.parent_id).await?;
        let ids = match input.child_type {
            ChildType::Account => {
                org.accounts_of(tx, &parent.id).await?.into_iter().map(|account| account.to_string()).collect()
            }
            _ => org.units_of(tx, &parent.id).await?,
        };
        let (ids, next_token) = page(ids, input.next_token.as_deref(), input.max_results, |id| id)?;
        let child = |id| Child { id: Some(id), r#type: Some(input.child_type.clone()) };
        Ok(ListChildrenOutput { children: Some(ids.into_iter().map(child).collect()), next_token })
    })
    .await
}
