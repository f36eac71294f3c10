#define RECORD_TABLE "monasca_migrate_progress"
